import { type ErrorContext, KinitError } from '../errors.ts';

/** An answer of the API server that says no: `status` is HTTP's, `reason` Kubernetes' (NotFound, AlreadyExists ...). */
export class KubeError extends KinitError {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string, context: ErrorContext = {}) {
    super(message, context);
    this.status = status;
    this.reason = reason;
  }
}
