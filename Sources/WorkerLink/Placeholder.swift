// WorkerLink
