import * as z from 'zod';
import { isDuration } from '../duration.ts';
import { isTime } from '../rules.ts';

export const text = z.string();
export const flag = z.boolean();
export const texts = z.array(text);
export const integer = z.int();

/** A Go duration: `24h0m0s`. */
export const duration = z.string().refine(isDuration, { error: 'is not a duration such as 24h0m0s' });

export const time = z.string().refine(isTime, { error: 'is not a time such as 2030-01-31T12:00:00Z' });

export const switches = z.record(z.string(), flag);

/** Arguments by name; one without a value has an empty one, as in Go. */
export const argumentMap = z.record(
  z.string(),
  z.preprocess((value) => value ?? '', text),
);

/** A field that may be left out; null is as good as absent, as for Go. */
export function optional<T extends z.ZodType>(schema: T): z.ZodOptional<z.ZodNullable<T>> {
  return schema.nullish();
}

/** A list that may be left out. */
export function list<T extends z.ZodType>(schema: T): z.ZodOptional<z.ZodNullable<z.ZodArray<T>>> {
  return optional(z.array(schema));
}

/** An object that knows no other fields; the error for another one carries the names it does know. */
export function object<T extends z.ZodRawShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join() : undefined),
  });
}

/** A top-level document: its own fields and the type it says it is. */
export function document<T extends z.ZodRawShape>(shape: T): z.ZodObject<T & typeof typeMeta, z.core.$strict> {
  return object({ ...typeMeta, ...shape });
}

const typeMeta = { apiVersion: text, kind: text };
