// Of the text in some elements: [how many pieces were seen, those below WCAG's 4.5:1 with their ratio].
elements => {
  const colour = text => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return {rgb: [r, g, b], a};
  };
  const linear = v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = rgb => {
    const [r, g, b] = rgb.map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = (under, {rgb, a}) => rgb.map((v, i) => a * v + (1 - a) * under[i]);
  const ground = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement)
      layers.push(colour(getComputedStyle(e).backgroundColor));
    return layers.reduceRight(over, [255, 255, 255]);
  };
  const faint = [];
  let seen = 0;
  for (const part of elements)
    for (const element of [part, ...part.querySelectorAll('*')]) {
      const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE);
      const text = texts.map(node => node.data.trim()).join(' ').trim();
      if (!text || !element.getClientRects().length) continue;
      seen += 1;
      const style = getComputedStyle(element);
      const ink = colour(element instanceof SVGElement ? style.fill : style.color);
      const [dark, bright] = [light(ink.rgb), light(ground(element))].sort((one, other) => one - other);
      const ratio = (bright + 0.05) / (dark + 0.05);
      if (ratio < 4.5) faint.push([text.slice(0, 60), Math.round(100 * ratio) / 100]);
    }
  return [seen, faint];
}
