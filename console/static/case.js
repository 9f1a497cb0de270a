/* The verdict bar: a verdict that needs a reason first goes to the reason, Enter sends it; one that does not takes effect on its key. */
(function () {
  "use strict";

  function bar() { return document.getElementById("verdict"); }

  function choose(button) {
    var form = bar(), reason = form.querySelector("#reason"), all = form.querySelectorAll(".vb");
    all.forEach(function (one) { one.setAttribute("aria-pressed", one === button ? "true" : "false"); });
    reason.required = true;
    reason.querySelectorAll("optgroup").forEach(function (group, at) { group.hidden = all[at] !== button; });
    reason.focus();
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("#verdict .vb[data-asks]");
    if (button && !bar().querySelector("#reason").value) { event.preventDefault(); choose(button); }
  }, true);

  document.addEventListener("keydown", function (event) {
    var form = bar();
    if (!form || event.key !== "Enter" || event.isComposing || !form.contains(event.target) || event.target.matches("button")) { return; }
    event.preventDefault();
    var chosen = form.querySelector(".vb[aria-pressed=true]");
    if (chosen && form.querySelector("#reason").value) { chosen.click(); }
  });

  document.addEventListener("htmx:afterSwap", function () {
    var heading = document.querySelector("#desk-case h1");
    if (heading) { heading.setAttribute("tabindex", "-1"); heading.focus({ preventScroll: true }); }
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 409 || event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
})();
