// Every text of the page, in a table per language. {name} is filled in.

const en = {
  speak: "Speak", operator: "Operator", pageLanguage: "Language of this page", theme: "Colors",
  auto: "Colors as the device", light: "Light", dark: "Dark",
  start: "Start", stop: "Stop", recorder: "Recorder",
  welcome: "Speak, and read it here.",
  promise: "Press Start or the space bar: nothing is recorded before. Every chunk is counted, and the server’s " +
    "receipt is checked here.",
  drop: "Drop an audio file here, or", choose: "choose one",
  input: "Sound", microphone: "Microphone", anyMicrophone: "The browser’s choice", engine: "Engine",
  language: "Language",
  anyLanguage: "Recognized by the engine", unavailable: "unavailable",
  changes: "Let the browser change the sound", level: "Level", noise: "Noise", echo: "Echo",
  changed: "Changed by the browser: {what}.",
  ready: "Ready", asking: "Waiting for your permission", recording: "Recording", fileSending: "Sending",
  away: "Server away", catching: "Catching up: {seconds} s behind", finishing: "Finishing", done: "Done",
  found: "Found again",
  elsewhere: "Recording in another tab", none: "No microphone",
  transcript: "Transcript", listening: "Listening …", noWords: "No words.", copy: "Copy", copied: "Copied",
  save: "Download {kind}",
  hear: "Hear from {time}", play: "Play", pause: "Pause", seek: "Position", estimated: "Word times are estimated.",
  account: "Account", sent: "sent", acknowledged: "acknowledged", answered: "answered", waiting: "waiting",
  ms: "{figure} ms", kb: "{figure} KB", s: "{figure} s",
  acknowledgement: "ack", answer: "answer", reconnected: "reconnected", resent: "sent again", kept: "kept",
  lost: "lost before the page", minute: "Last 60 s: average {rms} dBFS, highest peak {peak} dBFS, clipped {clipped}.",
  meter: "Level", peak: "peak", clipped: "clipped", clip: "CLIP", quiet: "no sound",
  agrees: "The server’s receipt agrees", differs: "The server’s receipt differs", noReceipt: "No receipt",
  thisPage: "this page", server: "the server", chunks: "chunks", bytes: "bytes", sha256: "SHA-256", rms: "RMS",
  own: "The hash is the file’s own, as sha256sum prints it.", whole: "SHA-256 in full", equal: "equal",
  unequal: "not equal",
  part: "The server lost its first session. The receipt covers the chunks from number {first} on.",
  every: "Every chunk", number: "no.",
  foundHead: "A recording was interrupted", foundDone: "Your last recording",
  foundText: "From {time}, about {seconds} s, kept on this device and forgotten after a day.",
  finish: "Finish it", open: "Open it", keep: "Download", forget: "Forget it",
  keptHere: "It is kept on this device until you forget it, at most a day.",
  tokenHead: "This server needs a token", token: "Token", remember: "Keep it until this tab is closed", use: "Use it",
  insecure: "The browser gives no microphone to a page that is not secure. Open it with HTTPS ({secure}) or as " +
    "localhost. “audio-server certificate --host {host}” makes a certificate for this address. Files can be sent as " +
    "it is.",
  missing: "No microphone was found. Connect one and press Start. Files can be sent without one.",
  refused: "The microphone was refused. Allow it in the browser’s settings for this page, then press Start.",
  taken: "The microphone cannot be opened. Another program may be using it.",
  output: "This browser needs a sound output to record, and there is none that runs. Connect one, or use " +
    "another browser.",
  another: "Another tab of this browser is recording. It can go on here once that ends.",
  gone: "The microphone is gone: {name}. What it recorded is being finished.",
  muted: "The microphone is muted.", silent: "The microphone gives only silence. It may be muted.",
  nothing: "The microphone gives nothing.",
  unstored: "This browser keeps no more on this device. A reload would lose this recording.",
  awayText: "The connection is lost, and nothing else: what you say is kept until the server is back.",
  next: "{seconds} s wait. Next try in {next} s.", trying: "{seconds} s wait. Trying …",
  serverSays: "The server says: {text}",
  endedText: "The server ended the stream: {text} What was recorded can be downloaded.",
  empty: "The file is empty.", long: "This file is longer than an hour. Send it as WAV, or with audio-client.",
  unknown: "This browser cannot decode the file. WAV, FLAC, Ogg, Opus and MP3 can be read; for others use " +
    "audio-client.",
};

const ru = {
  speak: "Речь", operator: "Оператор", pageLanguage: "Язык страницы", theme: "Цвета",
  auto: "Цвета как на устройстве", light: "Светлые", dark: "Тёмные",
  start: "Начать", stop: "Стоп", recorder: "Запись",
  welcome: "Говорите и читайте здесь.",
  promise: "Нажмите «Начать» или пробел: до этого ничего не записывается. Каждый фрагмент учтён, " +
    "квитанция сервера проверяется здесь.",
  drop: "Перетащите сюда аудиофайл или", choose: "выберите его",
  input: "Звук", microphone: "Микрофон", anyMicrophone: "Выбор браузера", engine: "Движок", language: "Язык",
  anyLanguage: "Определяет движок", unavailable: "недоступен",
  changes: "Разрешить браузеру менять звук", level: "Громкость", noise: "Шум", echo: "Эхо",
  changed: "Браузер меняет: {what}.",
  ready: "Готово к записи", asking: "Нужно ваше разрешение", recording: "Запись", fileSending: "Отправка",
  away: "Нет связи", catching: "Догоняет: отстаёт на {seconds} с", finishing: "Завершение", done: "Завершено",
  found: "Найдена запись",
  elsewhere: "Запись в другой вкладке", none: "Нет микрофона",
  transcript: "Текст", listening: "Слушаю …", noWords: "Слов нет.", copy: "Копия", copied: "Готово",
  save: "Скачать {kind}",
  hear: "Слушать с {time}", play: "Слушать", pause: "Пауза", seek: "Место", estimated: "Время слов приблизительное.",
  account: "Учёт", sent: "отправлено", acknowledged: "принято", answered: "отвечено", waiting: "ожидает",
  ms: "{figure} мс", kb: "{figure} КБ", s: "{figure} с",
  acknowledgement: "приём", answer: "ответ", reconnected: "обрывов", resent: "повторно", kept: "хранится",
  lost: "потеряно до страницы", minute: "За 60 с: среднее {rms} dBFS, высший пик {peak} dBFS, перегрузок {clipped}.",
  meter: "Уровень", peak: "пик", clipped: "перегрузок", clip: "CLIP", quiet: "нет звука",
  agrees: "Квитанция сервера совпадает", differs: "Квитанция сервера расходится", noReceipt: "Нет квитанции",
  thisPage: "страница", server: "сервер", chunks: "фрагменты", bytes: "байты", sha256: "SHA-256", rms: "RMS",
  own: "Это хеш самого файла, как у sha256sum.", whole: "SHA-256 целиком", equal: "равно", unequal: "не равно",
  part: "Сервер потерял первую сессию. Квитанция — о фрагментах с номера {first}.",
  every: "Все фрагменты", number: "№",
  foundHead: "Запись была прервана", foundDone: "Ваша последняя запись",
  foundText: "От {time}, около {seconds} с. Хранится на этом устройстве не дольше суток.",
  finish: "Завершить", open: "Открыть", keep: "Скачать", forget: "Забыть",
  keptHere: "Запись хранится на этом устройстве, пока вы её не забудете, не дольше суток.",
  tokenHead: "Этому серверу нужен токен", token: "Токен", remember: "Хранить, пока открыта вкладка", use: "Применить",
  insecure: "Браузер не даёт микрофон незащищённой странице. Откройте её по HTTPS ({secure}) или как localhost. " +
    "«audio-server certificate --host {host}» создаст сертификат для этого адреса. Файлы можно отправлять и так.",
  missing: "Микрофон не найден. Подключите его и нажмите «Начать». Файлы можно отправлять без него.",
  refused: "В микрофоне отказано. Разрешите его этой странице в настройках браузера и нажмите «Начать».",
  taken: "Микрофон не открывается. Возможно, он занят другой программой.",
  output: "Для записи этому браузеру нужен работающий звуковой выход. Подключите его или возьмите другой браузер.",
  another: "Идёт запись в другой вкладке. Здесь можно будет продолжить, когда она закончится.",
  gone: "Микрофон отключён: {name}. Записанное завершается.",
  muted: "Микрофон выключен.", silent: "Микрофон даёт одну тишину. Возможно, он выключен.",
  nothing: "Микрофон ничего не даёт.",
  unstored: "Браузер больше ничего не хранит на устройстве. Перезагрузка потеряла бы эту запись.",
  awayText: "Связь прервана, но ничего не потеряно: сказанное хранится, пока сервер не вернётся.",
  next: "Ждут {seconds} с. Следующая попытка через {next} с.", trying: "Ждут {seconds} с. Подключение …",
  serverSays: "Ответ сервера: {text}", endedText: "Сервер прервал поток: {text} Записанное можно скачать.",
  empty: "Файл пуст.", long: "Файл длиннее часа. Отправьте его как WAV или через audio-client.",
  unknown: "Браузер не может прочесть файл. Читаются WAV, FLAC, Ogg, Opus и MP3; для других есть audio-client.",
};

export const texts = { en, ru };

let language = "en";

/** The one chosen before, or the first of the browser's that there is. */
export function chooseLanguage(wish = localStorage.getItem("language")) {
  const known = [wish, ...navigator.languages].map((tag) => tag?.slice(0, 2)).find((tag) => texts[tag]);
  language = known ?? "en";
  document.documentElement.lang = language;
  return language;
}

export const say = (key, values = {}) =>
  (texts[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** Fills what names its text: data-text as its text, data-label as its label. */
export function fill(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) element.ariaLabel = say(element.dataset.label);
}

/** A number with a fixed count of decimals, as the language writes it; – for none. */
export const figure = (number, digits = 0) => Number.isFinite(number)
  ? number.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−")
  : number === -Infinity ? "−∞" : "–";

export const clock = (seconds, digits = 1) => {
  const tenths = Math.floor(seconds * 10 ** digits + 1e-6) / 10 ** digits;
  const rest = (tenths % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  const minutes = Math.floor(tenths / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
};
