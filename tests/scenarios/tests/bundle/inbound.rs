//! From EmpikPlace to Thulium.

use twins::{Author, NewThread};

use crate::support::Shop;

#[tokio::test]
async fn hundreds_of_threads_over_many_pages_that_shift() {
    let shop = Shop::open().await;
    for n in 0..230 {
        shop.opens(NewThread::from_customer(&format!("C-{n}"), "Jan", &format!("pytanie {n}")));
        shop.later(1);
    }
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 230);
    assert_eq!(shop.world().customers().len(), 230);
}

/// As when the shop's system writes to hundreds of buyers in one go: a tick holds 400 threads.
#[tokio::test]
async fn threads_that_all_changed_at_one_moment_keep_no_later_one_out() {
    let shop = Shop::open().await;
    for n in 0..420 {
        let mut mail = NewThread::from_customer(&format!("C-{n}"), "Jan", "Państwa paczka jest w drodze.");
        mail.from = Some(Author::Shop);
        shop.opens(mail);
    }
    shop.later(1);
    shop.opens(NewThread::from_customer("C-1000", "Ola", "A moja?"));
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 1);
}
