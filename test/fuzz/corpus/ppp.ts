/** Every packet of some good PPP links, both directions, as the project's own machines send them. */
import { ms } from '../../../src/base/units.ts';
import { clientOptions, Pair, serverOptions, type WireFrame } from '../../net/ppp/pair.ts';

const MOST_FRAMES = 60;

function recorded(demanded: 'pap' | 'chap-md5'): WireFrame[] {
  const echoInterval = ms(1000);
  const pair = new Pair(clientOptions({ echoInterval }), serverOptions([demanded], { echoInterval }));
  const frames: WireFrame[] = [];
  pair.open();
  pair.run(() => {
    frames.push(...pair.client.wire.slice(0, 1), ...pair.server.wire.slice(0, 1));
    return frames.length > MOST_FRAMES;
  });
  pair.client.step({ type: 'close' }, pair.now);
  frames.push(...pair.client.wire);
  return frames;
}

export const negotiation: readonly WireFrame[] = [...recorded('pap'), ...recorded('chap-md5')];
