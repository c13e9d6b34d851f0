/** Whether the two ports that people and programs remember are free, or ours. */
import { createServer } from 'node:net';
import { whoListens } from '../gate/listener.ts';
import { needsYou, well, type Checker } from './checker.ts';
import { configurationIfAny } from './configured.ts';

export const ports: Checker = {
  id: 'ports',
  /** They are chosen at the first start. */
  async applicable({ paths }) {
    return (await configurationIfAny(paths)) !== null;
  },
  async check({ paths, portsAreOurs }) {
    const configuration = await configurationIfAny(paths);
    if (configuration === null) return well('doctor.ports.none');
    const { proxyPort, pagePort } = configuration;
    if (!portsAreOurs) {
      for (const port of [proxyPort, pagePort]) {
        if (!(await isFree(port)))
          return needsYou('doctor.ports.taken', { port, by: await whoListens(port) });
      }
    }
    return well('doctor.ports.well', { proxyPort, pagePort });
  },
};

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
