/**
 * What is shown of masters on the screens of others.
 */
export { Joined } from './joined.tsx';
export { MasterTrouble } from './master-trouble.tsx';
export { MastersAllowed } from './masters-allowed.tsx';
export { ModeSwitch } from './mode-switch.tsx';
