// Why: makes a chosen picture fit to be sent: of a kind that is understood, at most 2048 pixels a side and about 3 MB.

export const KINDS = ["image/png", "image/jpeg", "image/webp"];
const LONGEST_SIDE = 2048;
const MOST_BYTES = 3e6;
const LARGEST_FILE = 60e6;
const QUALITIES = [0.9, 0.8, 0.65, 0.5];
const THUMB_SIDE = 192;

/** Resolves to {name, mime, base64, thumb}; rejects with an Error whose message is a sentence for people. */
export async function readPicture(file) {
  if (!KINDS.includes(file.type)) throw new Error(`${file.name} is not a PNG, JPEG or WebP picture.`);
  if (file.size > LARGEST_FILE) throw new Error(`${file.name} is too large; pictures may have up to 60 MB.`);
  const bitmap = await open(file);
  try {
    const blob = await fitting(file, bitmap);
    const thumb = paint(bitmap, THUMB_SIDE).toDataURL("image/jpeg", 0.8);
    return { name: file.name, mime: blob.type, base64: await base64Of(blob), thumb };
  } finally {
    bitmap.close();
  }
}

async function open(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} could not be opened as a picture.`);
  }
}

/** The file as it is if it fits, else a JPEG that does. */
async function fitting(file, bitmap) {
  if (file.size <= MOST_BYTES && Math.max(bitmap.width, bitmap.height) <= LONGEST_SIDE) return file;
  const canvas = paint(bitmap, LONGEST_SIDE);
  let blob = null;
  for (const quality of QUALITIES) {
    blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob && blob.size <= MOST_BYTES) break;
  }
  if (!blob) throw new Error(`${file.name} could not be made smaller.`);
  return blob;
}

/** A canvas with the picture on white, as JPEG knows no transparency, its longer side at most `side`. */
function paint(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(new Error("This picture could not be read.")));
    reader.readAsDataURL(blob);
  });
}
