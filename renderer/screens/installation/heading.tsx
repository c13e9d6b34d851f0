/**
 * What is being installed, for which instance, and what can be done about it.
 */
import type { ReactNode } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { Tile } from '../../parts/glyph.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { useCategories } from '../../state/categories.ts';

export function Heading({
  instance,
  title,
  above,
  under,
  focused = false,
  children,
}: {
  instance: InstanceView;
  title: string;
  above?: ReactNode;
  under: string;
  focused?: boolean;
  /** Buttons. */
  children?: ReactNode;
}): ReactNode {
  const categoryOf = useCategories();
  return (
    <div className="heading">
      <Tile category={categoryOf(instance.softwareUrl)} big />
      <div className="heading-words">
        {above}
        <ScreenTitle focused={focused}>{title}</ScreenTitle>
        <p className="under">{under}</p>
      </div>
      {children !== undefined && <div className="heading-actions">{children}</div>}
    </div>
  );
}
