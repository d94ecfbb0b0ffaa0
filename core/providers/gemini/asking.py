"""What is sent: a conversation or a picture order in Gemini's words."""

from typing import Any

from google.genai.types import (
    AutomaticFunctionCallingConfig,
    Content,
    GenerateContentConfig,
    ImageConfig,
    Part,
    ThinkingConfig,
)
from pydantic import ValidationError

from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.ports import Call, Image, ProviderCannot

_PLACES = {
    "image_config": frozenset(ImageConfig.model_fields),
    "thinking_config": frozenset(ThinkingConfig.model_fields),
}
"""Where Gemini wants those of a model's `inputs` that do not belong at the top."""
VARY = "Make a variation of this picture: the same subject, style and mood, composed anew."


def conversation(spec: ChatSpec, call: Call) -> list[Content]:
    """What was said before, then the pictures and the question about them."""
    contents = []
    for turn in spec.history:
        if turn.question and turn.answer:
            contents.append(Content(role="user", parts=[Part(text=turn.question)]))
            contents.append(Content(role="model", parts=[Part(text=turn.answer)]))
    return [*contents, _message(spec.prompt, call.sources)]


def picture(spec: ImageSpec, call: Call) -> list[Content]:
    """The pictures to start from, then what to do."""
    lines = [VARY] if spec.operation == "vary" else []
    lines.append(spec.prompt)
    if spec.negative:
        lines.append(f"Leave out: {spec.negative}")
    return [_message("\n\n".join(line for line in lines if line), call.sources)]


def chat_config(spec: ChatSpec, call: Call, answer_tokens: int) -> GenerateContentConfig:
    """Raises ProviderFatal when the model's `inputs` are not Gemini's."""
    values: dict[str, Any] = {"max_output_tokens": answer_tokens}
    return _config(call, values | _inputs(call) | {"system_instruction": spec.system or None})


def image_config(spec: ImageSpec, call: Call) -> GenerateContentConfig:
    """Raises ProviderFatal when the model's `inputs` are not Gemini's."""
    values = _inputs(call)
    values["image_config"] = values.get("image_config", {}) | {"aspect_ratio": spec.aspect}
    return _config(call, values | {"response_modalities": ["IMAGE"]})


def _message(text: str, pictures: tuple[Image, ...]) -> Content:
    parts = [Part.from_bytes(data=picture.data, mime_type=picture.mime) for picture in pictures]
    return Content(role="user", parts=[*parts, Part(text=text)] if text else parts)


def _inputs(call: Call) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in call.model.inputs.items():
        place = next((place for place, names in _PLACES.items() if name in names), None)
        if place is None:
            values[name] = value
        else:
            values.setdefault(place, {})[name] = value
    return values


def _config(call: Call, values: dict[str, Any]) -> GenerateContentConfig:
    """The SDK asks again of its own accord unless told not to: to continue a long or cut answer, to call functions."""
    try:
        return GenerateContentConfig.model_validate(
            values
            | {
                "automatic_continuation": False,
                "automatic_function_calling": AutomaticFunctionCallingConfig(disable=True),
            }
        )
    except ValidationError as error:
        raise ProviderCannot(f"{call.model.name} has inputs in easel.toml that Gemini does not know.") from error
