/** Whether the user's systemd looks after Slapgrid, and what becomes of it when they log out. */
import { needsYou, well, type Checker } from './checker.ts';

export const service: Checker = {
  id: 'service',
  async applicable({ service: health }) {
    return (await health()) !== null;
  },
  async check({ service: healthOf }) {
    const health = await healthOf();
    if (health?.masked === true) return needsYou('doctor.service.masked', { name: health.name });
    if (health === null || !health.held) return well('doctor.service.detached');
    return well(health.lingering ? 'doctor.service.lingering' : 'doctor.service.session');
  },
};
