// Asks every two seconds how far the report is and puts the new words in place of the old, until
// it is done or failed. Without it the page loads itself again.
async function ask() {
  const job = document.getElementById("job");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const news = page.getElementById("job");
      if (news && news.dataset.state !== job.dataset.state) {
        document.title = page.title;
        job.replaceWith(news);
        document.getElementById("papers").replaceWith(page.getElementById("papers"));
        if (!("open" in news.dataset)) return;
      }
    }
  } catch {
    // The line is down for a moment; the next round asks again.
  }
  setTimeout(ask, 2_000);
}

setTimeout(ask, 1_000);
