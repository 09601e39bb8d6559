// Draws a line of figures on a canvas, the newest at the right; a figure that is null leaves a gap.

/** The top of the scale: 1, 2 or 5 times a power of ten. */
export function scaleTop(values) {
  const most = Math.max(1, ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  return power * [1, 2, 5, 10].find((step) => step * power >= most);
}

/** The parts of the line without a gap, each a list of [place, figure]. */
export function runs(values) {
  const found = [];
  values.forEach((value, place) => {
    if (value === null) return;
    if (place === 0 || values[place - 1] === null) found.push([]);
    found.at(-1).push([place, value]);
  });
  return found;
}

/** `count` is how many places there are from edge to edge. Colors come from the stylesheet. */
export function draw(canvas, values, count) {
  const { clientWidth: width, clientHeight: height } = canvas;
  [canvas.width, canvas.height] = [width, height].map((size) => Math.round(size * devicePixelRatio));
  const { color, outlineColor } = getComputedStyle(canvas);
  const top = scaleTop(values);
  const x = (place) => width - 4 - ((values.length - 1 - place) / (count - 1)) * (width - 4);
  const y = (value) => height - 2 - (value / top) * (height - 6);
  const pen = canvas.getContext("2d");
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.fillStyle = outlineColor;
  pen.fillRect(0, height - 1, width, 1);
  pen.fillStyle = pen.strokeStyle = color;
  pen.lineWidth = 1.75;
  for (const run of runs(values)) {
    pen.beginPath();
    for (const [place, value] of run) pen.lineTo(x(place), y(value));
    pen.stroke();
    pen.lineTo(x(run.at(-1)[0]), height);
    pen.lineTo(x(run[0][0]), height);
    pen.globalAlpha = 0.15;
    pen.fill();
    pen.globalAlpha = 1;
  }
}
