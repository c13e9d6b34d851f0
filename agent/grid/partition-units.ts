/** The units of one partition: its services, its doors, and the holder of its network. */
import type { UnitStatus } from '../supervisor/types.ts';
import type { GridTools } from './tools.ts';
import { HOLDER, isService, nameOf, partitionOf, unitId } from './units.ts';

/** A pause means within a second: what is stopped for it has this long to end by itself. */
const HURRIED_STOP_SECONDS = 0.8;

export class PartitionUnits {
  readonly #partitionId: string;
  readonly #tools: Pick<GridTools, 'supervisor' | 'freezer'>;

  constructor(partitionId: string, tools: Pick<GridTools, 'supervisor' | 'freezer'>) {
    this.#partitionId = partitionId;
    this.#tools = tools;
  }

  /** In the order in which they were started. */
  list(): UnitStatus[] {
    return this.#tools.supervisor.list().filter((unit) => partitionOf(unit.id) === this.#partitionId);
  }

  services(): UnitStatus[] {
    return this.list().filter((unit) => isService(unit.id));
  }

  /**
   * Services first, in the reverse of their order of start; then doors; the holder last. What is held still is let go, because it could
   * not end as its software wants it.
   * @param options.hurried all services at once, and killed when they have not ended within a second.
   */
  async stop({ hurried }: { hurried: boolean } = { hurried: false }): Promise<void> {
    await this.#tools.freezer?.thaw(this.#partitionId);
    await (hurried ? this.#stopServicesNow() : this.stopServices());
    const doors = this.list().filter((unit) => !isService(unit.id) && nameOf(unit.id) !== HOLDER);
    await Promise.all(doors.map((unit) => this.#tools.supervisor.stop(unit.id)));
    await this.#tools.supervisor.stop(unitId(this.#partitionId, HOLDER));
  }

  async stopServices(): Promise<void> {
    for (const service of this.services().toReversed()) await this.#tools.supervisor.stop(service.id);
  }

  async #stopServicesNow(): Promise<void> {
    const options = { withinSeconds: HURRIED_STOP_SECONDS };
    await Promise.all(this.services().map(({ id }) => this.#tools.supervisor.stop(id, options)));
  }
}
