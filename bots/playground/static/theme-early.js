// Why: applies the stored theme before the first paint, so a dark page never flashes white (classic script on purpose).
try {
  const stored = localStorage.getItem("easel.theme");
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
} catch {
  // Storage may be blocked; the system theme is then used.
}
