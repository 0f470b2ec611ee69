// Asks every ten seconds, for two minutes, whether a promised gift has arrived, and then puts
// the new words in place of the old. Without it the page says: load it again.
let left = 12;

async function ask() {
  const word = document.getElementById("word");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const news = page.getElementById("word");
      if (news && news.dataset.state !== word.dataset.state) {
        document.title = page.title;
        word.replaceWith(news);
        return;
      }
    }
  } catch {
    // The line is down for a moment; the next round asks again.
  }
  if (--left > 0) setTimeout(ask, 10_000);
}

setTimeout(ask, 10_000);
