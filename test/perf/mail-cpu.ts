/** CPU time of a mail through the whole path, against the yardstick, taken in turns in one run. */
import { holdCommsSession } from '../../src/firmware/comms-session.ts';
import { inWorld, type World } from '../../src/scenario/world.ts';
import { cpuTime, type Figure, median } from './figure.ts';
import { mailOf, moduleAt, release, settings, world } from './unit.ts';
import { Yardstick } from './yardstick.ts';

const MAIL_BYTES = 1024;
/** Until the compiler has seen enough of both: the steady state of a long run is what counts. */
const WARM_UP_MAILS = 300;
const ROUNDS = 9;
const MAILS_PER_ROUND = 24;

export async function mailCpu(): Promise<Figure[]> {
  const yardstick = new Yardstick();
  let number = 0;
  const nextMail = () => {
    number += 1;
    return mailOf(MAIL_BYTES, number);
  };

  const straight = async (mails: number) => {
    for (let mail = 0; mail < mails; mail += 1) {
      await yardstick.send(nextMail());
    }
  };
  const wholePath = (mails: number) =>
    inWorld({ ...world, seed: number }, async (around) => {
      for (let mail = 0; mail < mails; mail += 1) {
        await deliver(around, nextMail());
      }
    });

  await straight(WARM_UP_MAILS);
  await wholePath(WARM_UP_MAILS);
  const rounds: { straight: number; path: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      straight: await cpuTime(() => straight(MAILS_PER_ROUND)),
      path: await cpuTime(() => wholePath(MAILS_PER_ROUND)),
    });
  }
  return [
    {
      name: 'mail-cpu-ratio',
      value: median(rounds.map(({ path, straight: yard }) => path / yard)),
      unit: 'ratio',
      limit: { kind: 'at most', value: 2 },
    },
    { name: 'mail-cpu', value: median(rounds.map(({ path }) => path / MAILS_PER_ROUND)), unit: 'ms' },
  ];
}

const module = moduleAt(115_200);

async function deliver({ connect, random }: World, mail: ReturnType<typeof mailOf>): Promise<void> {
  const openLine = async () => connect(module);
  const { outcome, blockedBy } = await holdCommsSession({
    settings,
    release,
    mails: [mail],
    openLine,
    random,
  });
  if (outcome !== 'delivered') {
    throw new Error(`a mail to be measured was not delivered: ${blockedBy?.sentence}`);
  }
}
