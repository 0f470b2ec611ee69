// The live parts of the giving form. Everything works without it: it only shows the amounts of
// the chosen currency at once and puts the sum into the words. The sums come from the server,
// so that the rule for them exists once.
const form = document.getElementById("give");
const other = form.elements.amount;
const currency = form.elements.currency;
const words = document.getElementById("cover-words");
const button = document.getElementById("give-button");
const plain = { cover: words.textContent, button: button?.textContent };
let asked;

const amount = () =>
  other.value.trim() || form.querySelector("input[name=choice]:enabled:checked")?.value || "";

function showTiles() {
  for (const group of form.querySelectorAll("[data-currency]")) {
    const mine = group.dataset.currency === currency.value;
    group.hidden = group.disabled = !mine;
  }
  form.elements.shown.value = currency.value;
}

async function showSums() {
  asked?.abort();
  asked = new AbortController();
  const query = new URLSearchParams({ amount: amount(), currency: currency.value });
  if (form.elements.cover.checked) query.set("cover", "1");
  query.set("rhythm", form.elements.rhythm.value);
  let said = {};
  try {
    const answer = await fetch(`${form.dataset.sum}?${query}`, { signal: asked.signal });
    if (answer.ok) said = await answer.json();
  } catch (error) {
    // A newer question was asked, or the line is down: the plain words are right as well.
    if (error.name === "AbortError") return;
  }
  words.textContent = said.cover ?? plain.cover;
  if (button) button.textContent = said.button ?? plain.button;
}

let typing;
other.addEventListener("input", () => {
  // What is written counts, so no tile may look chosen beside it.
  if (other.value.trim()) {
    for (const tile of form.querySelectorAll("input[name=choice]")) tile.checked = false;
  }
  clearTimeout(typing);
  typing = setTimeout(showSums, 250);
});
form.addEventListener("change", ({ target }) => {
  if (target.name === "choice") other.value = "";
  if (target === currency) showTiles();
  if (["rhythm", "choice", "currency", "cover"].includes(target.name)) showSums();
});
// A second press while the payment page is being made would only send the same form again.
form.addEventListener("submit", () => {
  setTimeout(() => button && (button.disabled = true));
});
// Coming back by the browser's own button shows the page as it was left.
addEventListener("pageshow", () => {
  if (button) button.disabled = false;
  showTiles();
  showSums();
});
document.getElementById("said")?.focus();

// What is left of a match changes while somebody fills the form in.
const matching = document.getElementById("matching");
async function showMatching() {
  if (document.hidden) return;
  try {
    const answer = await fetch(matching.dataset.from, { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    matching.replaceChildren(...page.body.childNodes);
  } catch {
    // The line is down for a moment; the next round asks again.
  }
}
if (matching) setInterval(showMatching, 20_000);
