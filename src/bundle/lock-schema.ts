import * as z from 'zod';

/** Two or three folders deep, no dots in front: nothing that leads out of the bundle's folder. */
const path = z.string().regex(/^(?:rpms|images)(?:\/repodata)?\/[A-Za-z0-9][\w.+~^-]{0,254}$/);
/** No part of it is empty, hidden or leads elsewhere. */
const image = z
  .string()
  .max(512)
  .regex(/^[a-z0-9][\w.:@/-]*$/)
  .refine((name) => !/\.\.|\/[./]|\/$/.test(name));
/** As dnf takes it: not an option, not a file, not a group. */
const packageName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.+~:*-]{0,254}$/)
  .refine((name) => !/\.(?:rpm|drpm)$/i.test(name));
/** Whether a name can stand among the packages of a lock. */
export function isPackageName(name: string): boolean {
  return packageName.safeParse(name).success;
}

const word = z.string().regex(/^(?:[A-Za-z0-9][\w.-]{0,63})?$/);

const file = z.object({
  path,
  size: z.int().nonnegative(),
  /** Hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * A lock as it may be written. Everything in it that becomes a path, an argument or a name on a host is held to what such a
 * thing can be.
 */
export const lockSchema = z
  .object({
    apiVersion: z.literal('kinit.dev/v1alpha1'),
    kind: z.literal('Bundle'),
    created: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
    kubernetesVersion: z.string().regex(/^v\d+\.\d+\.\d+[\w.+-]*$/),
    distribution: z.object({ id: word, version: word, architecture: word }).optional(),
    packages: z.array(packageName),
    images: z.array(
      z.object({
        name: image,
        id: z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/)
          .optional(),
        file: path,
        nodes: z.enum(['all', 'control-plane']),
      }),
    ),
    files: z.array(file),
  })
  .superRefine(({ files, images }, context) => {
    const known = new Set<string>();
    files.forEach(({ path: name }, index) => {
      if (known.has(name))
        context.addIssue({ code: 'custom', path: ['files', index, 'path'], message: 'stands there twice' });
      known.add(name);
    });
    images.forEach(({ file: name }, index) => {
      if (!known.has(name))
        context.addIssue({ code: 'custom', path: ['images', index, 'file'], message: 'is no file of it' });
    });
  });
