/** What a station costs, for people. */
import type { Cost } from './station.ts';

export const formatCost = (cost: Cost): string => (cost === 'money' ? 'money (a call)' : 'sends a mail');
