/** The JSON Schema (draft 2020-12) of a line of `-o json`: events as they happen, and one result at the end. */
export function eventJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'One line of kinit’s -o json: any number of events, and the result as the last line, whatever happened',
    oneOf: [
      event(
        'line',
        'what a person would read',
        { host, phase: text('phase it belongs to'), text: text('one line or several') },
        ['phase'],
      ),
      event('warning', 'what is odd and stops nothing', { host, text: text('the warning') }),
      event(
        'phase',
        'a phase on a host begins or ends',
        {
          host,
          phase: text('its name'),
          title: text('what it is about'),
          state: oneOf('start', 'done', 'failed'),
          ms: number('milliseconds that it took, once it has ended'),
          changes: number('changes that it made, once it has ended'),
        },
        ['ms', 'changes'],
      ),
      event(
        'host',
        'the work on a host begins or ends',
        { host, state: oneOf('start', 'done', 'failed', 'skipped'), reason: text('what was done, or why not') },
        ['reason'],
      ),
      event('waiting', 'something takes its time', {
        host,
        what: text('what is waited for'),
        deadline: number('seconds that it may take'),
      }),
      result,
    ],
  };
}

const host = text('the host as the user names it; kinit for the run itself');
const time = { type: 'string', format: 'date-time' };

/** What a command was run for stands beside these fields. */
const result = {
  ...event(
    'result',
    'the end of the run',
    {
      code: { type: 'integer', description: 'the exit code' },
      error: text('what failed and where; absent where nothing did, or only some of the hosts'),
      hint: text('what to do about it'),
      host: text('the host that it failed on'),
      codes: {
        type: 'array',
        description: 'codes under which kinit explain tells more of the error, as KINIT-1203',
        items: { type: 'string' },
      },
      hosts: {
        type: 'array',
        description: 'what became of each host, for commands that act on several',
        items: {
          type: 'object',
          properties: {
            host,
            result: text('done, joined, already joined, up, as wanted, not asked, left out, failed'),
            reason: text('why it failed or was left out'),
            hint: text('what to do about it'),
            changes: number('changes that were made to it'),
          },
          required: ['host', 'result'],
        },
      },
    },
    ['error', 'hint', 'host', 'codes', 'hosts'],
  ),
  additionalProperties: true,
};

function event(
  type: string,
  description: string,
  fields: Readonly<Record<string, object>>,
  optional: readonly string[] = [],
): object {
  const required = ['time', 'type', ...Object.keys(fields).filter((name) => !optional.includes(name))];
  return {
    type: 'object',
    description,
    properties: { time, type: { const: type }, ...fields },
    required,
    additionalProperties: false,
  };
}

function text(description: string): object {
  return { type: 'string', description };
}

function number(description: string): object {
  return { type: 'number', description };
}

function oneOf(...values: readonly string[]): object {
  return { enum: values };
}
