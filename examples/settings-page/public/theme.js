/** Before anything is drawn, so that nobody who wants it dark is dazzled. "auto" follows the system. */
(() => {
  const key = 'appearance';
  const set = (wanted) => {
    if (wanted === 'light' || wanted === 'dark') document.documentElement.dataset.theme = wanted;
    else delete document.documentElement.dataset.theme;
  };
  set(localStorage.getItem(key));
  addEventListener('DOMContentLoaded', () => {
    const choice = document.getElementById('theme');
    if (choice === null) return;
    choice.value = localStorage.getItem(key) ?? 'auto';
    choice.addEventListener('change', () => {
      localStorage.setItem(key, choice.value);
      set(choice.value);
    });
  });
})();
