// Why: iOS keeps the layout height when its keyboard opens; the page follows the visible height so the composer stays in view.

export function followVisibleHeight() {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const apply = () => {
    const isZoomed = Math.abs(viewport.scale - 1) > 0.01;
    const isCovered = !isZoomed && window.innerHeight - viewport.height > 80;
    const root = document.documentElement;
    if (isCovered) root.style.setProperty("--visible-height", `${viewport.height}px`);
    else root.style.removeProperty("--visible-height");
    if (isCovered) window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", apply);
  apply();
}
