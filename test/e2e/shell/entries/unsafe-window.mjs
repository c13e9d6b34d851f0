import { app, BrowserWindow } from 'electron';

const preferences = JSON.parse(process.argv.at(-1));
app.on('ready', () => {
  try {
    new BrowserWindow({ webPreferences: preferences }).close();
    console.log('allowed');
  } catch (error) {
    console.log(error.message);
  }
  app.exit(0);
});
