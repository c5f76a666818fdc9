// What the tests of clients share: the server that they ask, and how they report.

export const url = process.argv[2];
if (!url) {
  console.error(`usage: node ${process.argv[1]} URL; an API token in TOKEN is sent with each request`);
  process.exit(2);
}

/** Headers that say who asks, if the server wants to know. */
export const login = process.env.TOKEN ? { Authorization: `Bearer ${process.env.TOKEN}` } : {};

let failed = 0;

/** Runs a check and reports it by the fact that it shows. */
export async function check(fact, run) {
  try {
    await run();
    console.log(`ok      ${fact}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${fact}: ${error.message}`);
  }
}

/** Fails a check unless the condition holds. */
export function expect(fact, condition) {
  if (!condition) throw new Error(fact);
}

/** Ends the process, with status 1 if a check failed. */
export const end = () => process.exit(failed ? 1 : 0);
