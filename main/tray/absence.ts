/**
 * What a person is told when the window closes and no panel shows the icon: how to come back, how to have an icon, how to end.
 */
import { dialog } from 'electron';
import { text } from '../words.ts';
import { isGnome, type Desktop } from './panel.ts';

export async function explainAbsence(desktop: Desktop): Promise<'stay' | 'quit'> {
  const { response } = await dialog.showMessageBox({
    type: 'info',
    message: text('shell.tray.absent'),
    detail: text('shell.tray.absent.detail', { gnome: isGnome(desktop) ? 'yes' : 'no' }),
    buttons: [text('shell.tray.absent.stay'), text('shell.tray.absent.quit')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1 ? 'quit' : 'stay';
}
