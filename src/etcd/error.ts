import { type ErrorContext, KinitError } from '../errors.ts';

/** gRPC's codes, as far as etcd's answers are told apart by them. */
export const grpcCodes = { notFound: 5, failedPrecondition: 9, unavailable: 14 } as const;

/** An answer of etcd that says no; `code` is gRPC's. */
export class EtcdError extends KinitError {
  override readonly name = 'EtcdError';
  readonly code: number;

  constructor(code: number, message: string, context: ErrorContext = {}) {
    super(message, context);
    this.code = code;
  }
}
