/*! The QR code is made by uqr (MIT, © Anthony Fu, © Project Nayuki), https://github.com/unjs/uqr */
import { encode } from 'uqr';

const SVG = 'http://www.w3.org/2000/svg';

/** A QR code of a text, as a picture that no markup is read for. */
export const qrCode = (text: string): SVGElement => {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const [picture, path] = [document.createElementNS(SVG, 'svg'), document.createElementNS(SVG, 'path')];
  picture.setAttribute('viewBox', `0 0 ${size} ${size}`);
  picture.setAttribute('class', 'qr');
  picture.setAttribute('shape-rendering', 'crispEdges');
  path.setAttribute('d', squares.join(''));
  picture.append(path);
  return picture as SVGElement;
};
