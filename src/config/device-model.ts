/**
 * The name of a model tells its generation: `-N` carries a communication card (Rapira, WIN), `-N2` a built-in
 * module with a comms board whose firmware can be updated by itself.
 */
import { z } from 'zod';

export type Generation = 'N' | 'N2';

const MODEL = /^KADEC21(?:-[A-Z0-9]+)+-(N2?)$/;

const EXPECTED =
  'the name of an e-mail model, such as KADEC21-KAZE-N2 (built-in module) or KADEC21-KAZE-N (card)';

export const deviceModelSchema = z
  .string({ error: EXPECTED })
  .regex(MODEL, { error: EXPECTED })
  .describe('Model as on the type plate; -N2 has a built-in module, -N a communication card');

/** @param model a name that `deviceModelSchema` has passed */
export function generationOf(model: string): Generation {
  return model.endsWith('-N') ? 'N' : 'N2';
}
