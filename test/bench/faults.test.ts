/** Every fault of the network side against every station, over PPP. */
import { describeFaultMatrix } from './fault-matrix.ts';
import { pppFaults } from './ppp-faults.ts';

describeFaultMatrix('3gpp', pppFaults);
