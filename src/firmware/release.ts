/** What a release of the comms firmware can do, as data. */
import { z } from 'zod';

export const releaseSchema = z.strictObject({
  /** Major and minor; builds of one release do the same. */
  version: z.string().regex(/^\d+\.\d+$/),
  title: z.string().min(1),
  /** Generations whose comms board it runs on: an image for one does not start on the other. */
  boards: z.array(z.enum(['N', 'N2'])).min(1),
  submission: z.strictObject({
    /** TCP ports that it can be set to; `any` where the setting is free. */
    ports: z.union([z.literal('any'), z.array(z.int().min(1).max(65_535)).min(1)]),
    /** RFC 4954 mechanisms, the safest first; empty: it does not know AUTH. */
    auth: z.array(z.enum(['cram-md5', 'plain', 'login'])),
    tls: z.array(z.enum(['off', 'opportunistic', 'required', 'implicit'])).min(1),
  }),
  /** Profiles of the modules whose identity answers it knows. */
  modules: z.array(z.string().min(1)).min(1),
  /** Versions of the settings format that it reads. */
  settingsVersions: z.array(z.int().positive()).min(1),
});

export type Release = z.output<typeof releaseSchema>;
export type AuthMechanism = Release['submission']['auth'][number];
