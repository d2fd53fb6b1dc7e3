/**
 * How DTE and module hold each other up: V.250 §6.2.12, and what diallers say instead of it, Hayes' `&K` and
 * Microcom's `\Q`. One fact with three names: whichever is set, the others follow.
 */
import { type Answer, done, REFUSED } from '../answer.ts';
import { type BasicCommand, compoundParameter, type ExtendedCommand } from '../command-set.ts';
import type { Settings } from '../settings.ts';

/** What the DTE holds the module up by: the first number of `+IFC`. */
export const FLOW_BY_TERMINAL = { none: 0, characters: 1, circuit: 2, charactersPassedOn: 3 } as const;

/** What the module holds the DTE up by: the second number of `+IFC`. */
export const FLOW_BY_MODULE = { none: 0, characters: 1, circuit: 2 } as const;

const { none, characters, circuit, charactersPassedOn } = FLOW_BY_TERMINAL;

interface FlowControl {
  readonly byTerminal: number;
  readonly byModule: number;
}

export const flowControl = (settings: Settings): FlowControl => ({
  byTerminal: settings.number('+IFC/0', circuit),
  byModule: settings.number('+IFC/1', circuit),
});

/** `&K`: 1 and 2 are reserved and mean nothing; 6 is circuits as well, which are obeyed in any case. */
const HAYES: Readonly<Record<number, FlowControl>> = {
  0: { byTerminal: none, byModule: none },
  3: { byTerminal: circuit, byModule: circuit },
  4: { byTerminal: characters, byModule: characters },
  5: { byTerminal: charactersPassedOn, byModule: characters },
  6: { byTerminal: characters, byModule: characters },
};

/** `\Q`: 2 is circuit 106 only. */
const MICROCOM: Readonly<Record<number, FlowControl>> = {
  0: { byTerminal: none, byModule: none },
  1: { byTerminal: characters, byModule: characters },
  2: { byTerminal: none, byModule: circuit },
  3: { byTerminal: circuit, byModule: circuit },
};

/** The number that comes closest: the way of the DTE decides where they differ. */
const hayesOf = ({ byTerminal, byModule }: FlowControl): number =>
  [4, 5, 3].find((number) => HAYES[number]?.byTerminal === byTerminal) ?? (byModule === circuit ? 3 : 0);

const microcomOf = ({ byTerminal, byModule }: FlowControl): number => {
  switch (byTerminal) {
    case circuit:
      return 3;
    case none:
      return byModule === circuit ? 2 : 0;
    default:
      return 1;
  }
};

const interfaceFlowControl = compoundParameter('+IFC', [
  [none, charactersPassedOn, circuit],
  [none, circuit, circuit],
]);

export const flowParameter: ExtendedCommand = {
  ...interfaceFlowControl,
  set: (module, values) => {
    const answer = interfaceFlowControl.set?.(module, values) ?? REFUSED;
    if (answer.outcome === 'done') {
      const { settings } = module;
      settings.setBasic('&K', hayesOf(flowControl(settings)));
      settings.setBasic('\\Q', microcomOf(flowControl(settings)));
    }
    return answer;
  },
};

export const flowBasics: readonly BasicCommand[] = [
  {
    name: '&K',
    highest: 6,
    execute: ({ settings }, number) => {
      const flow = HAYES[number];
      if (flow !== undefined) {
        become(settings, flow);
        settings.setBasic('\\Q', microcomOf(flow));
      }
      return kept(settings, '&K', number);
    },
  },
  {
    name: '\\Q',
    highest: 3,
    execute: ({ settings }, number) => {
      const flow = MICROCOM[number];
      if (flow !== undefined) {
        become(settings, flow);
        settings.setBasic('&K', hayesOf(flow));
      }
      return kept(settings, '\\Q', number);
    },
  },
];

function become(settings: Settings, { byTerminal, byModule }: FlowControl): void {
  settings.extended.set('+IFC/0', byTerminal);
  settings.extended.set('+IFC/1', byModule);
}

const kept = (settings: Settings, name: string, number: number): Answer =>
  settings.setBasic(name, number) ? done() : REFUSED;
