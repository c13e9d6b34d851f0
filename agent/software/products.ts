/**
 * The catalogue as SLAP clients ask for it: `product.redis` in upstream's command line is what the catalogue has under `redis`.
 */
import { SlapgridError } from '../errors.ts';
import type { ProfileSource } from './types.ts';

/** Software release URLs of a product, best first; none for what is no name in the catalogue. */
export function productsOf(profiles: Pick<ProfileSource, 'resolve'>): (product: string) => readonly string[] {
  return (product) => {
    try {
      const url = profiles.resolve(product);
      // A URL or a path stands for itself: it is no name.
      return url === product ? [] : [url];
    } catch (error) {
      if (error instanceof SlapgridError) return [];
      throw error;
    }
  };
}
