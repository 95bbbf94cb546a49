import { api, whileUploading } from '../../../browser/api.ts';
import { onSubmit, tellFlaw } from '../../../browser/form.ts';
import { element, say } from '../../../browser/page.ts';
import { state } from './state.ts';

// A picture is cut to a square and shown before it is sent, in the size in which the API keeps it.

const input = (id: string): HTMLInputElement => element<HTMLInputElement>(id);
const form = (id: string): HTMLFormElement => element<HTMLFormElement>(id);
const canvas = (): HTMLCanvasElement => element<HTMLCanvasElement>('crop');

/** The picture that was chosen, as long as it is not sent. */
let chosen: ImageBitmap | undefined;

/** The square that is cut out, in the picture's own pixels. */
const square = ({ width, height }: ImageBitmap) => {
  const side = Math.min(width, height) / (input('zoom').valueAsNumber / 100);
  const [x, y] = ['left-right', 'up-down'].map((id) => input(id).valueAsNumber / 100);
  return { side, x: (width - side) * (x ?? 0), y: (height - side) * (y ?? 0) };
};

const draw = (): void => {
  const context = canvas().getContext('2d');
  if (!chosen || !context) return;
  const { side, x, y } = square(chosen);
  // What is transparent would turn black: the picture is sent as a JPEG.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas().width, canvas().height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(chosen, x, y, side, side, 0, 0, canvas().width, canvas().height);
};

/** Moves the picture below the square, by pixels of the screen. */
const move = (byX: number, byY: number): void => {
  if (!chosen) return;
  const { side } = square(chosen);
  const scale = side / canvas().clientWidth;
  for (const [id, by, room] of [
    ['left-right', byX, chosen.width - side],
    ['up-down', byY, chosen.height - side],
  ] as const) {
    if (room > 0) input(id).valueAsNumber -= ((by * scale) / room) * 100;
  }
  draw();
};

const startMoving = (): void => {
  const place = canvas();
  place.addEventListener('pointerdown', ({ pointerId }) => place.setPointerCapture(pointerId));
  place.addEventListener('pointermove', ({ movementX, movementY, buttons }) => {
    if (buttons > 0) move(movementX, movementY);
  });
  for (const id of ['zoom', 'left-right', 'up-down']) input(id).addEventListener('input', draw);
};

const showPicture = (): void => {
  const { avatar_url } = state.profile;
  const picture = element<HTMLImageElement>('avatar');
  picture.hidden = avatar_url === null;
  if (avatar_url !== null) picture.src = avatar_url;
  element('no-picture').hidden = avatar_url !== null;
  form('picture-form')
    .querySelector('button')
    ?.toggleAttribute('hidden', avatar_url === null);
};

const showCrop = (isShown: boolean): void => {
  form('crop-form').hidden = !isShown;
  input('file').value = '';
  if (!isShown) {
    chosen?.close();
    chosen = undefined;
  }
};

/** Shows what is to be sent of a file. */
const choose = async (file: File | undefined): Promise<void> => {
  if (!file) return;
  say(element('file-flaw'));
  input('file').removeAttribute('aria-invalid');
  const picture = await createImageBitmap(file).catch(() => undefined);
  showCrop(picture !== undefined);
  if (!picture) return tellFlaw(input('file'), 'unreadable');
  chosen = picture;
  for (const [id, value] of [
    ['zoom', 100],
    ['left-right', 50],
    ['up-down', 50],
  ] as const) {
    input(id).valueAsNumber = value;
  }
  draw();
  element('crop-heading').focus();
};

const cutOut = (): Promise<File> =>
  new Promise((resolve, reject) => {
    canvas().toBlob(
      (blob) =>
        blob
          ? resolve(new File([blob], 'picture.jpg', { type: blob.type }))
          : reject(new Error('No picture was made.')),
      'image/jpeg',
      0.92,
    );
  });

const send = async (): Promise<void> => {
  const progress = element<HTMLProgressElement>('sending');
  progress.hidden = false;
  progress.value = 0;
  whileUploading((part) => {
    progress.value = part;
  });
  try {
    state.profile = await (await api.users.me.$patch({ form: { avatar: await cutOut() } })).json();
  } finally {
    progress.hidden = true;
  }
  showCrop(false);
  showPicture();
  say(form('picture-form').querySelector('[role=status]'), 'pictureSaved');
  element('picture-heading').focus();
};

const startDropping = (): void => {
  const place = element('drop');
  const mark = (isOver: boolean) => place.toggleAttribute('data-over', isOver);
  place.addEventListener('dragover', (event) => {
    event.preventDefault();
    mark(true);
  });
  place.addEventListener('dragleave', () => mark(false));
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    void choose(event.dataTransfer?.files[0]);
  });
};

/** The picture. */
export const startPicture = (): void => {
  showPicture();
  startMoving();
  startDropping();
  input('file').addEventListener('change', () => void choose(input('file').files?.[0]));
  element('crop-cancel').onclick = () => {
    showCrop(false);
    input('file').focus();
  };
  onSubmit(form('crop-form'), send);
  onSubmit(form('picture-form'), async () => {
    state.profile = await (await api.users.me.avatar.$delete()).json();
    showPicture();
    say(element('file-flaw'));
    element('picture-heading').focus();
    return 'pictureRemoved';
  });
  // In another language the picture that was chosen is still there.
  if (chosen) {
    form('crop-form').hidden = false;
    draw();
  }
};
