// @ts-check
/** The small trend on a tile. */

const WIDTH = 64;
const HEIGHT = 18;

/** @param {HTMLCanvasElement} canvas @param {number[]} values */
export function spark(canvas, values) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  if (canvas.width !== WIDTH * ratio) {
    canvas.width = WIDTH * ratio;
    canvas.height = HEIGHT * ratio;
  }
  const pen = canvas.getContext("2d");
  if (!pen || values.length < 2) return;
  const low = Math.min(...values);
  const height = Math.max(...values) - low;
  /** @param {number} i */
  const x = (i) => 2 + ((WIDTH - 5) * i) / (values.length - 1);
  /** @param {number} v */
  const y = (v) => (height ? HEIGHT - 3 - ((v - low) / height) * (HEIGHT - 6) : HEIGHT / 2);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, WIDTH, HEIGHT);
  pen.strokeStyle = "#5d6970";
  pen.lineWidth = 1.25;
  pen.lineJoin = "round";
  pen.beginPath();
  values.forEach((value, i) => (i ? pen.lineTo(x(i), y(value)) : pen.moveTo(x(i), y(value))));
  pen.stroke();
  pen.fillStyle = "#20282d";
  pen.beginPath();
  pen.arc(x(values.length - 1), y(values[values.length - 1]), 1.8, 0, 7);
  pen.fill();
}
