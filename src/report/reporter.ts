/** What happened, as data; a reporter decides how a person or a machine sees it. */
export type ReportEvent =
  | {
      readonly type: 'line';
      readonly host: string;
      readonly phase?: string;
      readonly text: string;
      /** Shown from this level of -v on; always in the log. */
      readonly verbosity?: number;
    }
  | { readonly type: 'warning'; readonly host: string; readonly text: string }
  | {
      readonly type: 'phase';
      readonly host: string;
      readonly phase: string;
      readonly title: string;
      readonly state: 'start' | 'done' | 'failed';
      /** Milliseconds, when it ended. */
      readonly ms?: number;
      /** How many changes it took. */
      readonly changes?: number;
    }
  | {
      readonly type: 'host';
      readonly host: string;
      readonly state: 'start' | 'done' | 'failed' | 'skipped';
      readonly reason?: string;
    }
  | { readonly type: 'waiting'; readonly host: string; readonly what: string; readonly deadline: number };

export interface Reporter {
  report(event: ReportEvent): void;
  /** Leaves the terminal as it was; the summary and errors come after it. */
  end(): void | Promise<void>;
}

/** Where a reporter writes. */
export interface Out {
  readonly write: (text: string) => unknown;
}

/** For work that nobody watches (tests, inner steps). */
export const silentReporter: Reporter = { report: () => {}, end: () => {} };
