/* The desk's keyboard and clocks. Nothing on a page needs it: every key presses a button or follows a link that is there.

   data-key="N"          pressing N clicks the element, or goes into it where it is a field; several keys: data-key="J ArrowRight"
   data-rows             a table body whose rows the arrow keys and J K walk; Enter follows the row's first link,
                         Space presses what carries data-row-key="Space" in the row
   data-until="…Z"       counts down to a moment; at naught the element gets the class "over"
   data-dialog="id"      opens a dialog; data-goes="id": at that part of it
   Keys are read by their place on the keyboard, so they work whatever the input method; digits also on the number pad. */
(function () {
  "use strict";
  var FIELDS = "input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]";
  var afterG = 0;

  function name(event) {
    var code = event.code || "";
    var found = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(code);
    if (event.key === "?" || (code === "Slash" && event.shiftKey)) { return "?"; }
    if (found) { return found[1] || found[2]; }
    if (event.key === "/" || code === "NumpadDivide") { return "/"; }
    return code === "NumpadEnter" ? "Enter" : code || event.key;
  }

  function shown(element) { return element.getClientRects().length > 0 && !element.disabled; }

  function holder(key) {
    var all = document.querySelectorAll("[data-key]");
    for (var i = 0; i < all.length; i += 1) {
      if (all[i].getAttribute("data-key").split(" ").indexOf(key) >= 0 && shown(all[i])) { return all[i]; }
    }
    return null;
  }

  function press(element) {
    if (element.matches(FIELDS)) { element.focus(); if (element.select) { element.select(); } } else { element.click(); }
  }

  function rows() { return document.querySelector("[data-rows]"); }

  function choose(row) {
    var before = rows().querySelector("[aria-selected=true]");
    if (before) { before.removeAttribute("aria-selected"); }
    row.setAttribute("aria-selected", "true");
    var link = row.querySelector("a");
    if (link) { link.focus({ preventScroll: true }); }
    row.scrollIntoView({ block: "nearest" });
  }

  function walk(key) {
    var body = rows();
    if (!body) { return false; }
    var row = body.querySelector("[aria-selected=true]");
    if (key === "ArrowDown" || key === "J") { row = row ? row.nextElementSibling : body.firstElementChild; }
    else if (key === "ArrowUp" || key === "K") { row = row ? row.previousElementSibling : body.lastElementChild; }
    else if (key === "Space" && row) {
      var act = row.querySelector("[data-row-key=Space]");
      if (act) { act.click(); }
      return Boolean(act);
    } else if (key === "Enter" && row && document.activeElement === document.body) {
      var link = row.querySelector("a");
      if (link) { link.click(); }
      return Boolean(link);
    } else { return false; }
    if (row) { choose(row); }
    return true;
  }

  function go(digit) {
    var links = document.querySelectorAll(".nav a");
    if (links[digit - 1]) { links[digit - 1].click(); return true; }
    return false;
  }

  document.addEventListener("keydown", function (event) {
    var key = name(event), field = event.target.matches && event.target.matches(FIELDS);
    if (event.isComposing || event.ctrlKey || event.metaKey) { return; }
    if (event.altKey) { key = "Alt+" + key; }
    if (key === "Escape") {
      if (field) { event.target.blur(); } else if (!document.querySelector("dialog[open]")) {
        var back = holder("Escape");
        if (back) { press(back); }
      }
      return;
    }
    if (field && !event.altKey) { return; }
    if (document.querySelector("dialog[open]")) { return; }
    var done = false, at = Date.now();
    if (/^[1-7]$/.test(key) && at - afterG < 1500) { done = go(Number(key)); }
    afterG = key === "G" ? at : 0;
    if (!done && (key === "Enter" || key === "Space") && event.target.closest("a, button, summary")) {
      if (key === "Space" && event.target.closest("[data-rows]")) { done = walk(key); }
    } else if (!done) {
      var element = holder(key);
      if (element) { press(element); done = true; } else { done = walk(key); }
    }
    if (done) { event.preventDefault(); }
  });

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]"), open = document.querySelector("details.look[open]");
    if (opener) {
      var dialog = document.getElementById(opener.getAttribute("data-dialog"));
      if (dialog && !dialog.open) {
        event.preventDefault();
        dialog.showModal();
        var part = document.getElementById(opener.getAttribute("data-goes") || "");
        var field = (part || dialog).querySelector("input[type=radio], input:not([type=hidden]), select");
        if (field) { field.focus(); }
      }
    }
    if (open && !open.contains(event.target)) { open.removeAttribute("open"); }
  });

  function two(number) { return (number < 10 ? "0" : "") + number; }

  function tick() {
    document.querySelectorAll("[data-until]").forEach(function (clock) {
      var left = Math.max(0, Math.round((Date.parse(clock.getAttribute("data-until")) - Date.now()) / 1000));
      var hours = Math.floor(left / 3600), text = two(Math.floor(left / 60) % 60) + ":" + two(left % 60);
      text = hours ? hours + ":" + text : text;
      if (clock.textContent !== text) { clock.textContent = text; }
      clock.classList.toggle("over", left === 0);
      clock.classList.toggle("soon", left > 0 && left <= 60);
    });
  }

  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSwap", tick);
})();
