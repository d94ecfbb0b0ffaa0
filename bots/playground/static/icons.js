// Why: inline line icons, drawn with DOM calls so no markup strings and no external files are needed.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  send: "M5 12h13M12.5 5.5 19 12l-6.5 6.5",
  slash: "M15 5 9 19",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.2A8.2 8.2 0 1 1 9.8 4a6.6 6.6 0 0 0 10.2 10.2Z",
  auto: "M4 5.5h16v10.5H4zM9 20h6M12 16v4",
  reroll: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4v5h-5",
  vary: "M5 4.5h8.5a1 1 0 0 1 1 1V14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5.5a1 1 0 0 1 1-1ZM18 9v8.5a1 1 0 0 1-1 1H8.5",
  edit: "M4.5 19.5l1-4L16 5l3 3L8.500 18.500zM13.500 7.500l3 3",
  upscale: "M14 4.500h5.500V10M19.500 4.500 13 11M10 19.500H4.500V14M4.500 19.500 11 13",
  attach: "M19.500 11.500 12 19a4.600 4.600 0 0 1-6.500-6.500l7.700-7.700a3.100 3.100 0 0 1 4.400 4.400l-7.500 7.500a1.500 1.500 0 0 1-2.200-2.200l6.800-6.800",
  cancel: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  left: "M14.5 5.5 8 12l6.5 6.5",
  right: "M9.5 5.5 16 12l-6.5 6.5",
  down: "M12 5v14M6 13l6 6 6-6",
  file: "M7 3.5h7l4 4v13H7zM14 3.5v4h4",
  alert: "M12 3.8 21 19.5H3zM12 10v4.5M12 17v.2",
  coin: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8.2l1.2 2.5 2.700.3-2 1.900.6 2.700-2.5-1.400-2.5 1.400.6-2.700-2-1.900 2.700-.3Z",
  spark: "M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8Z",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"], ["focusable", "false"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
