/** What --allow-unverified is for, in every command that has it. */
export const unverifiedText = 'take the minor after the newest one too, a pre-release of it for one, with a warning';
