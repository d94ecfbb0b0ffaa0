"""Commands in people's languages, where we have them: https://docs.discord.com/developers/reference#locales.

Names stay as they are, so that what others type and what /help says is found in every language.
"""

import discord
from discord import app_commands

TRANSLATED: dict[str, dict[str, str]] = {
    "Draw a picture from words": {
        "de": "Zeichne ein Bild aus Worten", "fr": "Dessiner une image à partir de mots",
        "es": "Dibuja una imagen a partir de palabras",
    },
    "Change a picture: the one you attach, or one you made": {
        "de": "Ändere ein Bild: das angehängte oder eines von dir",
        "fr": "Modifier une image : celle jointe ou une des vôtres",
        "es": "Cambia una imagen: la adjunta o una tuya",
    },
    "Enlarge a picture: the one you attach, or one you made": {
        "de": "Vergrößere ein Bild: das angehängte oder eines von dir",
        "fr": "Agrandir une image : celle jointe ou une des vôtres",
        "es": "Amplía una imagen: la adjunta o una tuya",
    },
    "Ask or tell something": {
        "de": "Frage oder erzähle etwas", "fr": "Demander ou dire quelque chose", "es": "Pregunta o cuenta algo",
    },
    "Start the conversation here anew": {
        "de": "Beginne das Gespräch hier neu", "fr": "Recommencer la conversation ici",
        "es": "Empieza aquí la conversación de nuevo",
    },
    "Your credits and requests left today": {
        "de": "Deine Credits und die restlichen Anfragen von heute",
        "fr": "Vos crédits et vos demandes restantes aujourd'hui",
        "es": "Tus créditos y las solicitudes que te quedan hoy",
    },
    "Your latest requests": {
        "de": "Deine letzten Anfragen", "fr": "Vos dernières demandes", "es": "Tus últimas solicitudes",
    },
    "Post a finished result again": {
        "de": "Poste ein fertiges Ergebnis noch einmal", "fr": "Publier à nouveau un résultat terminé",
        "es": "Publica otra vez un resultado terminado",
    },
    "Stop a request in the works; its credits come back unless an answer has begun": {
        "de": "Halte eine Anfrage an; ihre Credits kommen zurück, außer eine Antwort hat begonnen",
        "fr": "Arrêter une demande ; ses crédits reviennent sauf si une réponse a commencé",
        "es": "Detén una solicitud; sus créditos vuelven salvo si una respuesta ha empezado",
    },
    "Models, what they can do, and their price": {
        "de": "Modelle, was sie können und kosten", "fr": "Les modèles, leurs capacités et leurs prix",
        "es": "Los modelos, lo que saben hacer y su precio",
    },
    "Credit packs and how to get them": {
        "de": "Credit-Pakete und wie du sie bekommst", "fr": "Les packs de crédits et comment les obtenir",
        "es": "Paquetes de créditos y cómo conseguirlos",
    },
    "Take today's free credits": {
        "de": "Hole dir die Gratis-Credits von heute", "fr": "Prendre les crédits gratuits du jour",
        "es": "Recoge los créditos gratis de hoy",
    },
    "All commands": {"de": "Alle Befehle", "fr": "Toutes les commandes", "es": "Todos los comandos"},
    "What this is": {"de": "Was das hier ist", "fr": "Ce que c'est", "es": "Qué es esto"},
    "What to draw": {"de": "Was gezeichnet wird", "fr": "Ce qu'il faut dessiner", "es": "Qué dibujar"},
    "What to change": {"de": "Was geändert wird", "fr": "Ce qu'il faut modifier", "es": "Qué cambiar"},
    "How many pictures": {"de": "Wie viele Bilder", "fr": "Combien d'images", "es": "Cuántas imágenes"},
    "Your message": {"de": "Deine Nachricht", "fr": "Votre message", "es": "Tu mensaje"},
    "Vary this image": {"de": "Bild variieren", "fr": "Varier cette image", "es": "Variar esta imagen"},
    "Ask about this message": {
        "de": "Zu dieser Nachricht fragen", "fr": "Poser une question là-dessus", "es": "Preguntar sobre este mensaje",
    },
}  # fmt: skip
"""By the English text, then by language."""


class Translator(app_commands.Translator):
    """Used only when commands are registered."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        return TRANSLATED.get(string.message, {}).get(locale.value.split("-")[0])
