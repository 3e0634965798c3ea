// The arrows between the rooms, executable. The table is docs/architecture.md; `npm run check:arrows` runs this.
const rooms = {
  domain: [],
  runtime: [],
  settings: ['domain/'],
  workflows: ['domain/'],
  bigcommerce: ['domain/'],
  db: ['domain/', 'settings/'],
  activities: ['domain/', 'settings/', 'db/', 'bigcommerce/', 'workflows/contract\\.'],
  client: ['domain/', 'settings/', 'db/', 'runtime/', 'workflows/contract\\.'],
  workers: [
    'domain/',
    'settings/',
    'activities/',
    'bigcommerce/',
    'client/(orders|temporal|schedules)\\.',
    'db/',
    'runtime/',
    'workflows/contract\\.',
  ],
  simulator: ['runtime/'],
  local: [
    'domain/',
    'settings/',
    'db/',
    'client/',
    'workers/',
    'runtime/',
    'simulator/',
    'workflows/contract\\.',
  ],
};
const ours = `^(${[...Object.keys(rooms), 'test'].join('|')})/`;
const sdk = '^node_modules/(@temporalio/(workflow|common|proto)|nexus-rpc|protobufjs|@protobufjs|long|ms)/';
const error = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    error('no-cycles', {}, { circular: true }),
    error('domain-is-pure', { path: '^domain/' }, { pathNot: '^domain/' }),
    error(
      'sandbox-reach',
      { path: '^workflows/' },
      { reachable: true, pathNot: ['^(workflows|domain)/', sdk] },
    ),
    ...Object.entries(rooms).map(([room, may]) =>
      error(
        `arrows-from-${room}`,
        // client/cli may load workers, simulator and local for the commands that run them: lazily only (next rule).
        { path: `^${room}/`, pathNot: room === 'client' ? '^client/cli/' : '^$' },
        { path: ours, pathNot: [`${room}/`, ...may].map((p) => `^${p}`) },
      ),
    ),
    error(
      'arrows-from-cli',
      { path: '^client/cli/' },
      {
        path: ours,
        pathNot: ['client/', ...rooms.client, 'workers/', 'simulator/', 'local/'].map((p) => `^${p}`),
      },
    ),
    error(
      'cli-loads-programs-lazily',
      { path: '^client/cli/' },
      { path: '^(workers|simulator|local)/', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    ),
    // The oracle of the model tests must not share a line with what it judges.
    error(
      'model-imports-nothing-of-ours',
      { path: '^test/model/' },
      { path: `^(${Object.keys(rooms).join('|')})/` },
    ),
    error('no-orphans', { orphan: true, pathNot: ['\\.cjs$', '\\.d\\.ts$', '^test/', '^bin/'] }, {}),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
