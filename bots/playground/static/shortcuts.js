// Why: typing anywhere lands in the message box, as people expect from a chat.

export function focusOnTyping(input) {
  document.addEventListener("keydown", (event) => {
    if (isPlainCharacter(event) && !isBusyElsewhere()) input.focus();
  });
}

function isPlainCharacter({ key, ctrlKey, metaKey, altKey, isComposing }) {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey && !isComposing;
}

function isBusyElsewhere() {
  if (document.querySelector("dialog[open]")) return true;
  return ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
}
