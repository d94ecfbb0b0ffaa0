// Why: tells a replay (first load, reconnect) from live news, so a replay is not animated or read out message by message.

const QUIET_MS = 300;

export function createCatchUp(onSettled) {
  let isCatchingUp = true;
  let count = 0;
  let timer = null;

  function begin() {
    isCatchingUp = true;
    count = 0;
    wait();
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(settle, QUIET_MS);
  }

  function settle() {
    isCatchingUp = false;
    onSettled(count);
  }

  /** Returns true when the message belongs to a replay. */
  function note() {
    if (!isCatchingUp) return false;
    count += 1;
    wait();
    return true;
  }

  return { begin, note };
}
