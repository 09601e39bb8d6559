// The operator's texts, in the page's tables.
import { texts } from "./texts.js";

Object.assign(texts.en, {
  well: "Ready", degraded: "Degraded", overloaded: "Overloaded", unready: "Not ready", silent: "No answer",
  wellWhy: "Every worker answers.", degradedWhy: "A worker is not ready, or was lost in the last minute.",
  overloadedWhy: "In the last minute something was refused or dropped: there was too much to do.",
  unreadyWhy: "The server takes no streams.", silentWhy: "The server does not answer. This page keeps asking.",
  up: "up {time}", most: "at most {value} in 5 min",
  clients: "Streams", chunkRate: "Chunks a second", byteRate: "Received a second", behind: "Waits to be recognized",
  delay: "Lateness of final texts", held: "Memory held for clients", refusalRate: "Refusals a minute", cpu: "CPU",
  latency: "Latency", latencyWhy: "Of the last minute; if nothing came in it, since the start.",
  ackTime: "Chunk to acknowledgement", answerTime: "Chunk to answer", finalTime: "End of speech to final text",
  name: "from … to", p50: "50 %", p95: "95 %", p99: "99 %", count: "measured",
  workers: "Workers", pid: "process", status: "state", isReady: "ready", isUnready: "not ready", streams: "streams",
  backlog: "backlog", memory: "memory", heartbeat: "heartbeat", refusals: "Refusals", none: "None since the start.",
  sessions: "Sessions", shown: "{count} of {total}. Their words are never shown.",
  hidden: "Shown on the server’s own machine, or with an operator’s token.",
  client_id: "client", peer: "address", age: "age", format: "format", chunks_per_second: "chunks/s", dbfs: "level, dBFS",
  gone: "away", worker: "worker", operatorToken: "The server wants an operator’s token",
});

Object.assign(texts.ru, {
  well: "Готов", degraded: "Готов частично", overloaded: "Перегружен", unready: "Не готов", silent: "Нет ответа",
  wellWhy: "Все процессы отвечают.", degradedWhy: "Процесс не готов или потерян за последнюю минуту.",
  overloadedWhy: "За последнюю минуту часть работы отклонена: её слишком много.",
  unreadyWhy: "Сервер не принимает потоки.", silentWhy: "Сервер не отвечает. Страница продолжает спрашивать.",
  up: "работает {time}", most: "не больше {value} за 5 мин",
  clients: "Потоки", chunkRate: "Фрагментов в секунду", byteRate: "Принято за секунду", behind: "Ждёт распознавания",
  delay: "Опоздание текстов", held: "Память для клиентов", refusalRate: "Отказов в минуту", cpu: "Процессор",
  latency: "Задержки", latencyWhy: "За последнюю минуту; если в ней ничего не было, с запуска.",
  ackTime: "От фрагмента до приёма", answerTime: "От фрагмента до ответа", finalTime: "От конца речи до текста",
  name: "от … до", p50: "50 %", p95: "95 %", p99: "99 %", count: "измерено",
  workers: "Процессы", pid: "процесс", status: "состояние", isReady: "готов", isUnready: "не готов", streams: "потоки",
  backlog: "отставание", memory: "память", heartbeat: "отклик", refusals: "Отказы", none: "С запуска не было.",
  sessions: "Сессии", shown: "{count} из {total}. Слова не показываются никогда.",
  hidden: "Видны на машине сервера или с токеном оператора.",
  client_id: "клиент", peer: "адрес", age: "возраст", format: "формат", chunks_per_second: "фрагм./с", dbfs: "уровень, дБ",
  gone: "без связи", worker: "процесс", operatorToken: "Серверу нужен токен оператора",
});
