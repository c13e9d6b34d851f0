/**
 * What can be done with something, behind one button.
 */
import { ActionIcon, Menu } from '@mantine/core';
import type { ReactNode, Ref } from 'react';
import './action-menu.css';
import { Icon } from './icons.tsx';

export type MenuAction = {
  key: string;
  label: ReactNode;
  /** Something is lost by it. It asks before. */
  grave?: boolean;
  act: () => void;
};

export function ActionMenu({
  label,
  actions,
  opened,
  onChange,
  onClosed,
  note,
  reached = true,
  loading = false,
  buttonRef,
}: {
  /** What the button is called. */
  label: string;
  actions: readonly MenuAction[];
  opened?: boolean;
  onChange?: (opened: boolean) => void;
  /** Takes the focus, instead of the button. */
  onClosed?: () => void;
  /** Why there is not more, below what there is. */
  note?: string;
  /** Whether the Tab key reaches the button. */
  reached?: boolean;
  loading?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
}): ReactNode {
  return (
    <Menu
      position="bottom-end"
      // Inside the part of the page that it belongs to, for those who hear it.
      withinPortal={false}
      // An element that nobody could name; the first action has the focus instead.
      withInitialFocusPlaceholder={false}
      transitionProps={{ duration: 120 }}
      returnFocus={onClosed === undefined}
      {...(opened === undefined ? {} : { opened })}
      {...(onChange === undefined ? {} : { onChange })}
      {...(onClosed === undefined ? {} : { onClose: onClosed })}
    >
      <Menu.Target>
        <ActionIcon
          className="action-menu"
          variant={reached ? 'default' : 'subtle'}
          color="gray"
          size={reached ? 36 : 32}
          loading={loading}
          aria-label={label}
          {...(reached ? {} : { tabIndex: -1 })}
          {...(buttonRef === undefined ? {} : { ref: buttonRef })}
        >
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ key, label: words, grave = false, act }, index) => (
          <Menu.Item
            key={key}
            {...(index === 0 ? { 'data-autofocus': true } : {})}
            {...(grave ? { className: 'grave' } : {})}
            onClick={act}
          >
            {words}
          </Menu.Item>
        ))}
        {note !== undefined && <Menu.Label>{note}</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}
