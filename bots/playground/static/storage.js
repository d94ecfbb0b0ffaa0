// Why: browser storage that never throws (private windows and blocked cookies make it fail).

export const local = wrap(() => window.localStorage);
export const session = wrap(() => window.sessionStorage);

function wrap(area) {
  return {
    get(key, fallback = null) {
      try {
        const raw = area().getItem(`easel.${key}`);
        return raw === null ? fallback : raw;
      } catch {
        return fallback;
      }
    },
    set(key, value) {
      try {
        if (value === null || value === "") area().removeItem(`easel.${key}`);
        else area().setItem(`easel.${key}`, value);
      } catch {
        // Full or blocked storage: the page works on, it only forgets.
      }
    },
    getList(key) {
      try {
        const list = JSON.parse(this.get(key, "[]"));
        return Array.isArray(list) ? list : [];
      } catch {
        return [];
      }
    },
    setList(key, list) {
      this.set(key, list.length ? JSON.stringify(list) : null);
    },
  };
}
