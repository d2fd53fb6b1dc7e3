/**
 * The import rule of the house: an import goes down the list of rooms or stays in its room, and the device
 * side and the network side never meet. See docs/architecture.md.
 */
const rooms = [
  'cli',
  '(?:bench|scenario|serve|fleet|monitor)',
  'report',
  'aunet',
  'modem/dce',
  'firmware',
  'smtp',
  'modem',
  'net',
  'replay',
  'serial',
  'wire',
  'config',
  'base',
];

/** Files of `modem/` that both sides read: what a module is, as data. */
const sharedProfiles = '^src/modem/(module-profile|profiles)';

const within = (room) => (room === 'modem' ? '^src/modem/(?!dce/)' : `^src/${room}/`);

const onlyDownwards = rooms.slice(1).map((room, index) => ({
  name: `${room} imports only what lies below it`,
  severity: 'error',
  from: { path: within(room) },
  to: { path: rooms.slice(0, index + 1).map(within) },
}));

export default {
  forbidden: [
    ...onlyDownwards,
    {
      name: 'the network side knows the device side only by its profiles',
      severity: 'error',
      from: { path: ['^src/aunet/', '^src/modem/dce/'] },
      to: { path: ['^src/firmware/', '^src/smtp/', '^src/modem/(?!dce/)'], pathNot: sharedProfiles },
    },
    {
      name: 'the jobs that put both sides together do not know each other',
      severity: 'error',
      from: { path: '^src/(bench|scenario|serve|fleet|monitor)/' },
      to: { path: '^src/(bench|scenario|serve|fleet|monitor)/', pathNot: '^src/$1/' },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no file that nobody uses',
      severity: 'error',
      from: { orphan: true, pathNot: '^src/cli/main' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
