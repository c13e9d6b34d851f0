/**
 * One setting: what it is, what it means here, and its control.
 */
import type { ReactNode } from 'react';

export function SettingRow({
  title,
  detail,
  labels,
  children,
}: {
  title: string;
  detail?: ReactNode;
  /** Id of the control that the title names, when it has no name of its own. */
  labels?: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="setting">
      <div className="setting-words">
        {labels === undefined ? <span>{title}</span> : <label htmlFor={labels}>{title}</label>}
        {detail !== undefined && detail !== '' && <span className="setting-detail">{detail}</span>}
      </div>
      {children !== undefined && <div className="setting-control">{children}</div>}
    </div>
  );
}
