// The operator's texts, in the page's tables.
import { texts } from "./texts.js";

Object.assign(texts.en, {
  well: "Ready", degraded: "Degraded", overloaded: "Overloaded", unready: "Not ready", silent: "No answer",
  degradedWhy: "A worker is not ready, or was lost a moment ago.",
  overloadedWhy: "Something was refused or dropped a moment ago: there is too much to do.",
  up: "up {time}", most: "at most {value} in 5 min", clients: "Streams", chunkRate: "Chunks a second",
  behind: "Waits to be recognized", delay: "Lateness of final texts", refusalRate: "Refusals a minute", cpu: "CPU",
  latency: "Latency", name: "in the last minute", ack: "Chunk to acknowledgement", reply: "Chunk to answer",
  final: "End of speech to final text", count: "measured", workers: "Workers", pid: "process", status: "ready",
  streams: "streams", backlog: "backlog", memory: "memory", heartbeat: "heartbeat", refusals: "Refusals", none: "None.",
  sessions: "Sessions", hidden: "Shown on the server’s own machine, or with an operator’s token.", client_id: "client",
  peer: "address", age: "age", format: "format", chunks_per_second: "chunks/s", dbfs: "level",
  gone: "away", worker: "worker",
});

Object.assign(texts.ru, {
  well: "Готов", degraded: "Готов частично", overloaded: "Перегружен", unready: "Не готов", silent: "Нет ответа",
  degradedWhy: "Процесс не готов или только что потерян.",
  overloadedWhy: "Часть работы только что отклонена: её слишком много.",
  up: "работает {time}", most: "до {value} за 5 мин", clients: "Потоки", chunkRate: "Фрагментов в секунду",
  behind: "Ждёт распознавания", delay: "Опоздание текстов", refusalRate: "Отказов в минуту", cpu: "Процессор",
  latency: "Задержки", name: "за последнюю минуту", ack: "От фрагмента до приёма", reply: "От фрагмента до ответа",
  final: "От конца речи до текста", count: "измерено", workers: "Процессы", pid: "процесс", status: "готов",
  streams: "потоки", backlog: "отставание", memory: "память", heartbeat: "отклик", refusals: "Отказы", none: "Нет.",
  sessions: "Сессии", hidden: "Видны на машине сервера или с токеном оператора.", client_id: "клиент",
  peer: "адрес", age: "возраст", format: "формат", chunks_per_second: "фрагм./с", dbfs: "уровень",
  gone: "без связи", worker: "процесс",
});
