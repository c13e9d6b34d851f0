/** In place of what speaks to the keyring: waits, as for a person who does not come. */
setTimeout(() => {}, 2 ** 30);
